/** Settings that were changed on the page; what is not here is as the file, the environment or the default has it. */
export const settings = `
create table settings (
  key text primary key,
  value json not null,
  updated_at timestamptz not null default now(),
  updated_by text not null
);
`;
