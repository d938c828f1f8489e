"""Stripe: payments carried out, webhooks taken in, what they say as commands."""
