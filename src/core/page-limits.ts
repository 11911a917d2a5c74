// Page limits: the bounds of `qrt ui`, which shows a vat and keeps nothing of it.

/** Connections that the page's server holds at once: a browser opens six. */
export const UI_CONNECTIONS_MAX = 32;
/** Pages that are kept up to date at once. */
export const UI_STREAMS_MAX = 8;
/** How often the node is asked for news while somebody looks, in milliseconds. */
export const UI_POLL_MS = 250;
/** How long a node may take to answer the page before it is shown as silent, in milliseconds. */
export const UI_REPLY_MS_MAX = 5_000;
/** Objects, and imports, that a page is told of; any other object is found by its id. */
export const UI_OBJECTS_MAX = 5_000;
/** References between those that a page is told of. */
export const UI_EDGES_MAX = 20_000;
/** Links that a page is told of, those with something to tell first. */
export const UI_LINKS_MAX = 200;
/** Messages that wait for one object, and holders of one memory, that a page is told of. */
export const UI_WAITING_SHOWN = 20;
/** Pending promises that a page is told of, stuck ones first. */
export const UI_WAITS_MAX = 100;
/** Arrows of waiting between objects that a page is told of. */
export const UI_ARROWS_MAX = 500;
/** Log lines that a page is told of when it opens, and that are kept for pages that lag. */
export const UI_LOG_LINES_MAX = 500;
