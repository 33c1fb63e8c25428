/** Why an order is paused, in each language; of those that were paused before only `paused_because` says it. */
export const pausedNotes = `
alter table orders add column paused_note json;
`;
