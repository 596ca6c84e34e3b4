package web

// ClockOf reads a time of day as people type it.
var ClockOf = clockOf

// ClockInput is how browsers send it.
var ClockInput = clockInput
