function main({ name }) { with (name) return length; }
