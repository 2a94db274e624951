/**
 * The agent's own version, told with every request. It counts from 3, because in Pendo's numbering, which the server goes by,
 * an agent before 2.33.0 is too old for polls and NPS.
 */
export const version = '3.0.0';
