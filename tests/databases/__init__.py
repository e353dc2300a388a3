"""The access table in databases: the queries of the how-to have known answers."""
