"""The study on one machine: embedded PostgreSQL and Valkey, two database roles, a supervisor.

Outside the layers: it imports nothing of the application and talks to it only through manage.py commands
run as processes of their own. Production uses none of it."""
