/**
 * How many miners a container has and when it last told of them, beside its newest record: an edge that takes a unit over
 * knows nothing of them until its own first slow answer.
 */
export const coolingMiners = `
alter table cooling_latest add column miner_count int;
alter table cooling_latest add column counted_at timestamptz;
alter table cooling_latest add column listed_at timestamptz;
update cooling_latest set miner_count = (record->'miners'->>'count')::int, counted_at = received_at
  where record->'miners'->>'count' is not null;
`;
