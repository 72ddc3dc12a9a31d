"""Runs the project's test suites one after the other and adds up what they report. Started by scripts/test.sh."""
