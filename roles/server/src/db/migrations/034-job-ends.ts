/** Why a try of a job ended early, by a code that has words in each language; what was said then stays beside it. */
export const jobEnds = `
alter table job_runs add column code text;
update job_runs set code = state where state in ('failed', 'cancelled', 'lost');
`;
