function main(args, power, callback) {}
