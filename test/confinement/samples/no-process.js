// value ["undefined", "undefined"]
() => [typeof process, typeof require]
