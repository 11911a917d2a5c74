function hoard(args, { memory }) { memory.text = 'x'.repeat(2_000_000); }
