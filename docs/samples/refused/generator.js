function* main() {}
