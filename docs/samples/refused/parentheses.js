(function main() {})
