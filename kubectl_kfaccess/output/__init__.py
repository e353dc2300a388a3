"""From answers to text: reports, the table, the machine formats, and text that is safe to print."""
