// throws
() => new Proxy({}, { get: () => 1 })
