function recursion() { recursion(); }
