"""What surrounds the dbt project: demo data, preflight, build, publishing."""
