"""Acting on findings: which rows go, which labels change, who said so; new files and a log, never in place."""
