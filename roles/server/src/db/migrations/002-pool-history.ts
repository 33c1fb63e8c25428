const SUMS = `
  accepted float8 not null, stale float8 not null, rejected float8 not null, shares int8 not null`;

/**
 * Minute sums come from each partition of a pool's share log by itself, so that a partition which moves to another
 * process writes over its own rows and over no others. Hours add the partitions up.
 */
export const poolHistory = `
create table pool_1m (
  site_no int not null references sites on delete cascade,
  pool text not null, puid int not null, at timestamptz not null, part int not null, ${SUMS},
  primary key (site_no, pool, puid, at, part)
);
create index pool_1m_at on pool_1m using brin (at) with (pages_per_range = 32, autosummarize = on);

create table pool_1h (
  site_no int not null references sites on delete cascade,
  pool text not null, puid int not null, at timestamptz not null, ${SUMS},
  primary key (site_no, pool, puid, at)
);
create index pool_1h_at on pool_1h using brin (at) with (pages_per_range = 32, autosummarize = on);
`;
