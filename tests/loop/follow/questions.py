"""What the fixtures of a shop ask."""

FIXTURES = (
    "Where is my order KP-10412?",
    "Where is my parcel, it should have arrived?",
    "Can I return a used kettle?",
    "Can I return a tent that I have used once?",
    "How much is a parcel of 10 kg to Austria?",
    "How much does a parcel of 5 kg to Austria cost?",
    "Until when is my stove under warranty?",
    "Until when is my tent under warranty?",
)
