/**
 * A customer's name is theirs alone, whatever its letters: statements and choices go by it. Of those that bore one together
 * the first keeps it, and the others have their id behind it; one whose name ends with its id already has no need of that,
 * so that no round makes what the next one has to change again.
 */
export const customerNames = `
do $$
begin
  loop
    update customers c set name = left(c.name, 97 - length(c.customer_id)) || ' (' || c.customer_id || ')'
    from (
      select customer_id, row_number() over (partition by lower(name)
        order by right(lower(name), length(customer_id) + 3) = lower(' (' || customer_id || ')') desc, created_at, customer_id)
        as place
      from customers where removed_at is null
    ) others
    where others.customer_id = c.customer_id and others.place > 1;
    exit when not found;
  end loop;
end $$;
create unique index customers_name on customers (lower(name)) where removed_at is null;
`;
