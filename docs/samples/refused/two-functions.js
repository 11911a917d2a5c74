const LIMIT = 10;
function half(n) { return n / 2; }
function main({ n }) { return half(n); }
