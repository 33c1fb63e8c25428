import { z } from "zod";

/** The word a customer goes by, of the operator's choice; it is given once. */
export const CustomerId = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[A-Za-z0-9._-]+$/, "letters, digits and . _ - only");
