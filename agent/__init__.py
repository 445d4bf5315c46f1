"""Calls: transports, session wiring, command line and web page."""
