"""
One module per command.

Each has QUESTION, DESCRIPTION, EXAMPLES (arguments after the program's name), `add_arguments(parser)` and
`run(args, env) -> Answer`; it imports its work inside `run`, so that help and completion stay quick.
"""

COMMANDS = ("who-can", "review", "version")
