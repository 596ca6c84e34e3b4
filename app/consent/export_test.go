package consent

// Stripe lets tests choose addresses that don't share a lock.
var Stripe = stripe
