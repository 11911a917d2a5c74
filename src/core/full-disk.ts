// Full disk: what the operating system and SQLite call it.

const CODES: readonly unknown[] = ['ENOSPC', 'EDQUOT', 'SQLITE_FULL'];

/** Whether an error of the disk or of SQLite says that there is no room. */
export const isDiskFull = (error: unknown): boolean =>
  CODES.includes((error as { code?: unknown }).code);
