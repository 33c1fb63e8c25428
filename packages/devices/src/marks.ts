/**
 * Words by which firmwares that run on Antminer hardware, and makers that speak the same API, tell themselves from
 * Bitmain's own: many keep "Antminer" in their type.
 */
export const AFTERMARKET =
  /VNISH|LUXMINER|BOSMINER|BOSER|RWGLR|HIVEON|MARAFW|KAONSU|BDMINER|GCMINER|FLUXOS|\bHAMMER\b|ASICSEER|NICEHASH/;
