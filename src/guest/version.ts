// Version: which SES this worker was built with, for records of what a turn ran on.

import ses from 'ses/package.json' with { type: 'json' };

/** The version of the bundled SES. */
export const SES_VERSION: string = ses.version;
