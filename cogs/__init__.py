"""Discord's side: translates between Discord and imagegen.service, decides nothing."""
