"""Operations compiled once and executed many times, with the answers that graphql-core would give."""
