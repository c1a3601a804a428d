"""The only SQL: the catalogue's parts over one connection; every change tells what it changed."""
