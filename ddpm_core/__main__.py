from ddpm_core.cli import main

main()
