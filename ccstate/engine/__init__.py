"""The verbs, refresh and apply: they run flows and steps against a client, emit events, print nothing."""
