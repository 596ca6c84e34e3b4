package portal

// Words is how a text is kept.
var Words = words
