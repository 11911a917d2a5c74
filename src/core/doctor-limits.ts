// Doctor limits: bounds of what `qrt doctor` looks at, and beyond which it complains.

const MIB = 1024 * 1024;

/** Small writes with a flush each, by which a disk is judged. */
export const DOCTOR_FLUSHES = 20;
/** Median flush above which a disk is called slow, in ms: every commit waits for one. */
export const DOCTOR_FLUSH_MS_MAX = 20;
/** Free disk below which nothing useful fits any more. */
export const DOCTOR_FREE_BYTES_MIN = 64 * MIB;
/** A larger database is not read through while its operator waits. */
export const DOCTOR_DATABASE_BYTES_MAX = 1024 * MIB;
/** Problems of a database that are told; the first few say it all. */
export const DOCTOR_PROBLEMS_MAX = 5;
/** How far a clock may be off what it was or what it should be, in milliseconds. */
export const DOCTOR_CLOCK_MS_MAX = 2_000;
/** How long one URL may take to serve its contact record, in milliseconds. */
export const DOCTOR_FETCH_MS_MAX = 2_000;
/** How long all URLs together may take, in ms: peers choose them, and the operator waits. */
export const DOCTOR_FETCHES_MS_MAX = 20_000;
/** URLs that are asked at once. */
export const DOCTOR_FETCHES_MAX = 16;
/** Links that are looked at; those in doubt and those with waiting items come first. */
export const DOCTOR_LINKS_MAX = 100;
