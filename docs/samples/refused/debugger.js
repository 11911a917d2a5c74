function main() { debugger; }
