"""What somebody shows beside the password: an authenticator app, a passkey, or a recovery code."""
