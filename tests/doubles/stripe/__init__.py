"""A stateful double of Stripe: a separate process that speaks Stripe's HTTP protocol and remembers.

stripe-mock checks requests but keeps no state and sends no webhooks; the checkout, refund and reconciliation tests need
both, and they need Stripe on its bad days (late, repeated and lost messages, 429s, outages), on demand.

    form, params, errors    the wire: bracketed forms, parameter checks, error objects
    cards, objects, store   the nouns
    intents, refunds, ...   the rules, one noun each; they know nothing of HTTP
    idempotency, faults     what happens around a call
    books, journal          what a restart must not lose, and the file it is in
    plans, webhooks         what happens after a call
    routes, server          the pipeline of one call
    control                 `/_double/...`, for tests only; the product never calls it
"""
