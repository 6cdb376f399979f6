"""Signing in: who may use the account, through which application, and for how long.

    users          the three people of the account and what their roles allow
    applications   what is registered, and what an application that nobody registered may do: everything
    grants         a user's consent, from which tokens come until it is revoked
    tokens, keys   access tokens as signed JWTs, and the key that signs them
    callers        from the Authorization header of a call to the one who calls
    control        registering, making and revoking without a browser

Reads alone; of the gateway it only needs that its operations are called.
"""
