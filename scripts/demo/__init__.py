"""The demo: invented customers, in whose data every case of the rules happens to somebody."""
