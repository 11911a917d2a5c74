// throws: an object has no clock
() => Date.now()
