"""What gives a label away without being its subject: tags, headers, lengths, metadata; LEK006 reports them."""
