"""Technology partners: accounts of clients, what they cost, and what webhooks tell."""
