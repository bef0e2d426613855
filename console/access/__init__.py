"""Who may see and change what: accounts, sessions, tokens, the guard before every page, and the audit log."""
