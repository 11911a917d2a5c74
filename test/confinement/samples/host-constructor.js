// throws
(args, power) => power.make_object.constructor('return process.pid')()
