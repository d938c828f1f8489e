"""The double of Stripe, driven as a separate process by the real stripe library and by raw HTTP."""
