/**
 * What is done in a transaction is noted in it, and put behind the end of the chain after it: a transaction that adds to
 * the chain itself makes all others wait until it is on disk.
 */
export const auditDone = `
alter table audit_begun add column done bool not null default false;
`;
