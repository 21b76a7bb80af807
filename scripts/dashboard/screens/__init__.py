"""The screens of the dashboard, each with the queries that it reads."""
