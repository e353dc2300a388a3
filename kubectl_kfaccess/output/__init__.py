"""From reports to text: blocks, the table, the machine formats, and words that all reports share."""
