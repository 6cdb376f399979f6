"""What an account is kept in: tables in SQLite, its clock and what is planned, its ids, dumps."""
