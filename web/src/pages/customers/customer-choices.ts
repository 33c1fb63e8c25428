import { ListCustomers } from "@banksman/wire/api";
import { useRoute } from "../../api/query.ts";
import { useSession } from "../../shell/session.tsx";

/**
 * Customers to choose from: all, for whoever sees them; else those that the person's own reach names, by their ids, which are
 * what a customer's own people know.
 */
export function useCustomerChoices(): { value: string; label: string }[] {
  const { canEverywhere, session } = useSession();
  const { data } = useRoute(ListCustomers, {}, { enabled: canEverywhere("customer.read"), keep: true });
  if (data) return data.customers.map(({ customer_id, name }) => ({ value: customer_id, label: name }));
  const reach = session.reach["report.read"] ?? {};
  const parts = reach === "all" ? [] : Object.values(reach);
  const own = new Set(parts.flatMap((part) => (part === "site" ? [] : part.customers)));
  return [...own].map((value) => ({ value, label: value }));
}
