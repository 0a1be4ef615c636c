package azuretable

// CheckEntity is for the limits that no grant can reach.
var CheckEntity = checkEntity
