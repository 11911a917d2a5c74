// refused
() => 1), (globalThis.ran = true), (() => 2
